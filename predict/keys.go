package predict

import "context"

// KeysRequest is what Keys computes keys for.
//
// This file is a stand-in until the real one lands.
type KeysRequest struct {
	Dir     string // any directory of the repository; paths are relative to it; "" = "."
	Context string // context directory relative to Dir; "" = "."
	Side           // which revision, Dockerfile, target, platform and build arguments
}

// StepKey is the portable key of one step.
type StepKey struct {
	Stage string `json:"stage"`
	Step  int    `json:"step"`
	Of    int    `json:"of"`
	Name  string `json:"name"`
	Key   string `json:"key"` // BLAKE3, in hexadecimal
}

// Keys is a stand-in: a canned answer.
func Keys(ctx context.Context, r *KeysRequest) ([]StepKey, error) {
	return []StepKey{
		{Step: 1, Of: 2, Name: "[1/2] FROM docker.io/library/busybox:1", Key: "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
		{Step: 2, Of: 2, Name: "[2/2] COPY src ./src", Key: "0f1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
	}, nil
}
