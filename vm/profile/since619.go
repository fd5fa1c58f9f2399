package profile

// since619 are the rules that came with 6.19 and later: the default profile lacks them.
var since619 = map[Rule]Change{}
