package main

import (
	"fmt"

	"assay/app/buildinfo"

	"github.com/alecthomas/kong"
)

type versionCmd struct{}

func (c *versionCmd) Run(e *env) error {
	i := buildinfo.Read()
	e.answer(i, func() { e.say("%s", i.String()) })
	return nil
}

// versionFlag is --version, which needs no command.
type versionFlag bool

// BeforeReset prints the version before anything that is missing is complained of.
func (v versionFlag) BeforeReset(k *kong.Kong) error {
	fmt.Fprintln(k.Stdout, buildinfo.Read())
	k.Exit(exitDone)
	return nil
}
