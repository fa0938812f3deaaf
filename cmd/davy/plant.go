package main

import "errors"

type plantCmd struct{}

func (plantCmd) Run() error { return errors.New("not yet") }
