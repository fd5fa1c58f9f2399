package run

// What a Machine other than the model needs of this package.

// MapLines splits the text of /proc/PID/maps into lines as observations have them: without device and inode, single
// spaces between the rest.
func MapLines(text string) []string { return normalMaps(text) }
