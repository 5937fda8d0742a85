package main

import (
	"errors"
)

// target is what a command works on: a server, or a data directory of this machine. One of the two is filled.
type target struct {
	server string
	data   string
}

// target decides between --server and --data. The one that was given closer to the command wins, so that a --data on
// the command line is not overruled by a server in the file. Without either it is the server of this machine.
func (a *app) target() (target, error) {
	s := a.set
	server, data := s.origins["server"].rank, s.origins["data"].rank
	switch {
	case s.Server == "" && s.Data == "":
		return target{server: defaultServer}, nil
	case s.Data == "" || s.Server != "" && server > data:
		return target{server: s.Server}, nil
	case s.Server == "" || data > server:
		return target{data: s.Data}, nil
	}
	return target{}, usage(errors.New("name a server or a data directory, not both: " +
		s.origins["server"].text + " and " + s.origins["data"].text))
}

// directory returns the data directory for commands that work on nothing else.
func (a *app) directory() (string, error) {
	if a.set.Data == "" {
		return "", usage(errors.New("which data directory? name it with --data DIR, or set LICHTSPUR_DATA"))
	}
	return a.set.Data, nil
}
