// Package ocilayout reads base images from disk, for the Image of
// cachekey.Options: OCI image layouts (version 1.0.0 of the specification, as
// `docker buildx build -o type=oci`, `skopeo copy` and `docker save` write them) and
// files that hold an image's configuration alone.
//
// It reads what says which image it is and how it is configured, and no layer. Every
// blob is checked against its digest, and nothing is read that is larger than MaxBlob. Not a
// goal: asking a registry.
package ocilayout
