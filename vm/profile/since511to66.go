package profile

// since511to66 are the rules that came with 5.11 to 6.6.
var since511to66 = map[Rule]Change{}
