package cli

import (
	"fmt"
	"strings"
)

// AddBuildArgs adds each NAME=VALUE to m. A NAME alone takes its value from the
// environment, and is not passed if it is not set there. No error quotes an
// argument: its value may be a secret.
func AddBuildArgs(m map[string]string, flag string, args []string, lookup func(string) (string, bool)) error {
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if name == "" {
			return fmt.Errorf("%s needs NAME or NAME=VALUE", flag)
		}
		if !ok {
			value, ok = lookup(name)
		}
		if ok {
			m[name] = value
		} else {
			delete(m, name)
		}
	}
	return nil
}
