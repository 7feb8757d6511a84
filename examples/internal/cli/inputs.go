package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/cachekey/ocilayout"
	"github.com/whybust/whybust/predict"
)

// InputFlags are the flags for what a build takes in besides the repository.
type InputFlags struct {
	Contexts, Bases, Overlays []string
}

// Declare adds the flags to a set.
func (i *InputFlags) Declare(f *pflag.FlagSet) {
	f.StringArrayVar(&i.Contexts, "build-context", nil, "named context `NAME=VALUE`: a directory, docker-image://REF, oci-layout://DIR or a URL")
	f.StringArrayVar(&i.Bases, "base", nil, "what a base image is: `REF=PATH` of an OCI layout or of its configuration")
	f.StringArrayVar(&i.Overlays, "overlay", nil, "lay `DIR` over the context, like files made before the build")
}

// Fill says to a side what the flags say.
func (i *InputFlags) Fill(s *predict.Side, dir string) (err error) {
	s.Overlays = i.Overlays
	if s.Contexts, err = readContexts(i.Contexts); err != nil {
		return err
	}
	s.Image, err = ReadBases("--base", dir, i.Bases)
	return err
}

// readContexts reads NAME=VALUE as docker build does.
func readContexts(args []string) (map[string]string, error) {
	if len(args) == 0 {
		return nil, nil
	}
	contexts := map[string]string{}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok || value == "" || cachekey.IsRemote(name) { // a URL that came without a name may hold a password
			return nil, fmt.Errorf("--build-context %q is not NAME=VALUE", cachekey.ShownURL(name))
		}
		name, err := cachekey.ContextName(name)
		if err != nil {
			return nil, fmt.Errorf("--build-context: %w", err)
		}
		contexts[name] = value
	}
	return contexts, nil
}

// ReadBases reads each REF=PATH, a later one over an earlier one of that REF. Without any it gives nil.
func ReadBases(flag, dir string, args []string) (func(reference, platform string) (*cachekey.Image, error), error) {
	var images ocilayout.Images
	for _, arg := range args {
		reference, path, ok := strings.Cut(arg, "=")
		if !ok || path == "" {
			return nil, fmt.Errorf("%s %q is not REF=PATH", flag, arg)
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		if err := images.Add(reference, path); err != nil {
			return nil, fmt.Errorf("%s %s: %w", flag, reference, err)
		}
	}
	if len(args) == 0 {
		return nil, nil
	}
	return images.Image, nil
}
