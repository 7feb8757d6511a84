package sumcache

// OpenSmall is Open with other limits.
var OpenSmall = open

// FileName is the name of the file.
const FileName = fileName
