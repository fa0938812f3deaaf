package main

import "errors"

type diffCmd struct{}

func (diffCmd) Run() error { return errors.New("not yet") }
