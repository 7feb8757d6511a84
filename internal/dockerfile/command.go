package dockerfile

// The commands below are what Instruction.Expand returns: one instruction with
// its variables replaced. Instructions that change only image metadata (LABEL,
// CMD, ENTRYPOINT, EXPOSE, VOLUME, STOPSIGNAL, HEALTHCHECK, MAINTAINER) expand
// to *Metadata.

// Metadata is an instruction that runs nothing and that no later step reads.
type Metadata struct{}

// Env sets variables, in this order.
type Env struct{ Vars []Var }

// Var is one NAME=value of ENV.
type Var struct {
	Name, Value string
	// Written is the name before variables were replaced in it.
	Written string
}

// Arg declares build arguments. The values are unexpanded: each may use the one
// before it (dispatchArg).
type Arg struct{ Args []ArgDecl }

// ArgDecl is one ARG; Value is nil when it has no default.
type ArgDecl struct {
	Name  string
	Value *string
}

// Workdir changes the directory and creates it.
type Workdir struct{ Path string }

// User changes the user.
type User struct{ User string }

// Shell changes the shell of shell-form commands.
type Shell struct{ Shell []string }

// Onbuild holds a trigger for images built on this one.
type Onbuild struct{ Text string }

// Copy is a COPY or an ADD.
type Copy struct {
	Add      bool
	Sources  []string
	Files    []InlineFile
	Dest     string
	From     string
	Chown    string
	Chmod    string
	Link     bool
	Parents  bool
	Exclude  []string
	Checksum string
	// KeepGitDir and Unpack are nil when the flag is not given.
	KeepGitDir, Unpack *bool
}

// InlineFile is a here-document.
type InlineFile struct {
	Name  string
	Data  string
	Chomp bool // RUN only: <<-
}

// Run is a RUN.
type Run struct {
	Args         []string
	PrependShell bool
	Files        []InlineFile
	Mounts       []Mount
	Network      string // "default", "none", "host"
	Security     string // "sandbox", "insecure"
	Devices      []Device
}

// Mount is one --mount of RUN. Pointers are nil when the option is not given.
type Mount struct {
	Type     string // "bind", "cache", "tmpfs", "secret", "ssh"
	From     string
	Source   string
	Target   string
	ReadOnly bool
	Size     int64
	ID       string
	Sharing  string
	Required bool
	Env      *string
	Mode     *uint64
	UID, GID *uint64
}

// Device is one --device of RUN.
type Device struct {
	Name     string
	Required bool
}
