package main

import (
	"os"

	"vmsim/syscalls/script/model"
)

// costsFlag is the flag of the commands that show virtual time, or whose output depends on it.
var costsFlag = flagHelp{"--costs FILE",
	"virtual time by the costs of a file that vmsim doctor --calibrate has printed"}

// costsOf reads the file of --costs; nil where the flag is not given.
func costsOf(f *flags) (*model.Costs, error) {
	if !f.has("costs") {
		return nil, nil
	}
	file, err := os.Open(f.set["costs"])
	if err != nil {
		return nil, err
	}
	defer file.Close()
	c, err := model.ReadCosts(file)
	if err != nil {
		return nil, &usageError{f.set["costs"] + ": " + err.Error(), "vmsim doctor --calibrate > FILE"}
	}
	return c, nil
}

// machine is a model in which things take as long as --costs says.
func (a *app) machine() *model.Machine {
	m := model.New()
	m.Costs = a.costs
	return m
}
