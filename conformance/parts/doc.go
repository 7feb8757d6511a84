// Package parts compares single parts of the prediction with the same parts of BuildKit and fsutil, run as
// libraries: no daemon, no image, no disk. What a whole build would show only when
// several of them err together shows here at once, and many thousand times a minute.
// It holds tests only.
package parts
