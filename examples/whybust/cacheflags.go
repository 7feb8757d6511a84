package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/whybust/whybust/predict"
)

// cacheFlags say what is in the cache and how it is used.
type cacheFlags struct {
	cached, cachedTargets, noCacheFilter []string
	cacheMode                            string
	noCache                              bool
}

func (o *cacheFlags) declare(f *pflag.FlagSet) {
	f.StringArrayVar(&o.cached, "cached", nil, "the cache also holds what the build of `REV` left; repeatable")
	f.StringArrayVar(&o.cachedTargets, "cached-target", nil, "BEFORE was built for this `STAGE` too; repeatable")
	f.StringVar(&o.cacheMode, "cache-mode", "local", "how the cache came here: local, or exported and imported as `MODE` max, min or inline")
	f.BoolVar(&o.noCache, "no-cache", false, "the new build looks into no cache")
	f.StringArrayVar(&o.noCacheFilter, "no-cache-filter", nil, "nor does it for the `STAGE`; repeatable, or with commas")
}

// setCache says what is in the cache besides the old side's build, and how it
// is used. A further build is made as the old side was.
func setCache(r *predict.Request, o *cacheFlags) error {
	r.CacheMode = predict.CacheMode(o.cacheMode)
	if o.cacheMode == "" {
		return errors.New("--cache-mode needs local, max, min or inline")
	}
	if err := r.CacheMode.Check(); err != nil {
		return fmt.Errorf("--cache-mode: %w", err)
	}
	r.NoCache = o.noCache
	for _, stages := range o.noCacheFilter {
		if stages == "" {
			return errors.New("--no-cache-filter needs a stage")
		}
		r.NoCacheFilter = append(r.NoCacheFilter, strings.Split(stages, ",")...)
	}
	for _, rev := range o.cached {
		if rev == "" {
			return errors.New("--cached needs a revision")
		}
		side := r.Before
		side.Revision = rev
		r.Cached = append(r.Cached, side)
	}
	for _, target := range o.cachedTargets {
		side := r.Before
		side.Target = target
		r.Cached = append(r.Cached, side)
	}
	return nil
}
