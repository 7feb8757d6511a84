package cachekey_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
)

// build is what one side of a table test replays.
type build struct {
	text string // after "FROM base"; with a FROM of its own it stands alone
	opts cachekey.Options
}

// graph replays a build over a small context. The image base is known: it
// defines PATH and nothing else. Others are not.
func (b build) graph(t testing.TB) *cachekey.Graph {
	t.Helper()
	text := b.text
	if !strings.Contains(text, "FROM ") {
		text = "FROM base\n" + text
	}
	opts := b.opts
	opts.Image = func(ref, _ string) (*cachekey.Image, error) {
		if strings.HasPrefix(ref, "docker.io/library/base:") {
			return &cachekey.Image{Config: &cachekey.ImageConfig{Env: []string{"PATH=/bin"}}}, nil
		}
		return nil, nil
	}
	g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte(text), smallContext(), &opts)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return g
}

func smallContext() *buildcontext.View {
	return &buildcontext.View{Tree: buildcontext.FS(fstest.MapFS{
		"a": {Data: []byte("a")}, "b": {Data: []byte("b")}, "d/x": {Data: []byte("x")}, "d/e/y": {Data: []byte("y")},
	})}
}

// rawLines writes what defines a step: the fields of its recipe and its inputs.
func rawLines(st *cachekey.Step) (out []string) {
	for _, f := range st.Op.Recipe {
		value := strings.Join(cachekey.SplitArgs(f.Value), " ")
		text := f.Label
		if f.Name != "" || value != "" {
			text += " " + f.Name + "=" + value
		}
		out = append(out, strings.TrimRight(text, " "))
	}
	for _, in := range st.Op.Inputs {
		text := fmt.Sprintf("input %s %s", in.Role, in.Op.Kind)
		for _, sel := range in.Selectors {
			text += " " + sel.Path
		}
		out = append(out, text)
	}
	return out
}

// moved tells what is in one list of lines and not, or not in this order, in the
// other: the complement of a longest common subsequence.
func moved(old, new []string) (out []string) {
	length := make([][]int, len(old)+1)
	for i := range length {
		length[i] = make([]int, len(new)+1)
	}
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(new) - 1; j >= 0; j-- {
			if old[i] == new[j] {
				length[i][j] = 1 + length[i+1][j+1]
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(old) || j < len(new) {
		switch {
		case i < len(old) && j < len(new) && old[i] == new[j]:
			i, j = i+1, j+1
		case j == len(new) || i < len(old) && length[i+1][j] >= length[i][j+1]:
			out = append(out, "-"+old[i])
			i++
		default:
			out = append(out, "+"+new[j])
			j++
		}
	}
	return out
}

// last is the last step of a graph.
func last(g *cachekey.Graph) *cachekey.Step { return g.Steps[len(g.Steps)-1] }

// TestFields changes one thing and states exactly what moves in what defines the
// last step. The rules are those of BuildKit v0.34.2.
func TestFields(t *testing.T) {
	arg := func(kv ...string) cachekey.Options {
		m := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return cachekey.Options{BuildArgs: m}
	}
	for _, tt := range []struct {
		reason   string
		old, new build
		want     []string
	}{
		// RUN: the command
		{"the text of a shell form is one argument behind the shell", build{text: "RUN a"}, build{text: "RUN b"}, []string{"-command =/bin/sh -c a", "+command =/bin/sh -c b"}},
		{"continuation lines are joined before", build{text: "RUN a b"}, build{text: "RUN a \\\n# c\n\nb"}, nil},
		{"inner space counts", build{text: "RUN a b"}, build{text: "RUN a  b"}, []string{"-command =/bin/sh -c a b", "+command =/bin/sh -c a  b"}},
		{"the exec form of the same arguments is the same", build{text: "RUN a"}, build{text: `RUN ["/bin/sh","-c","a"]`}, nil},
		{"SHELL is in front of a shell form", build{text: "RUN a"}, build{text: "SHELL [\"/bin/bash\",\"-c\"]\nRUN a"}, []string{"-command =/bin/sh -c a", "+command =/bin/bash -c a"}},
		{"SHELL with its default is none", build{text: "RUN a"}, build{text: "SHELL [\"/bin/sh\",\"-c\"]\nRUN a"}, nil},
		{"SHELL is not in front of an exec form", build{text: `RUN ["a"]`}, build{text: "SHELL [\"/bin/bash\",\"-c\"]\nRUN [\"a\"]"}, nil},
		{"variables of a RUN are the shell's", build{text: "ENV A=1\nRUN $A"}, build{text: "ENV A=1\nRUN ${A}"}, []string{"-command =/bin/sh -c $A", "+command =/bin/sh -c ${A}"}},

		// here-documents of RUN
		{"the delimiter is no part of a command", build{text: "RUN <<E\na\nE"}, build{text: "RUN <<F\na\nF"}, nil},
		{"a here-document is its text", build{text: "RUN a"}, build{text: "RUN <<E\na\nE"}, []string{"-command =/bin/sh -c a", "+command =/bin/sh -c a\n"}},
		{"<<- takes tabs away", build{text: "RUN <<E\na\nE"}, build{text: "RUN <<-E\n\ta\n\tE"}, nil},
		{"behind a command the delimiter counts", build{text: "RUN c <<E\na\nE"}, build{text: "RUN c <<F\na\nF"}, []string{"-command =/bin/sh -c c <<E\na\nE", "+command =/bin/sh -c c <<F\na\nF"}},
		{"with #! it is a file that is mounted, and is run", build{text: "RUN <<E\n#!/x\nE"}, build{text: "RUN <<F\n#!/x\nF"}, []string{"-command =/bin/sh -c /dev/pipes/E", "+command =/bin/sh -c /dev/pipes/F"}},

		// RUN: the environment
		{"ENV is a variable", build{text: "RUN a"}, build{text: "ENV A=1\nRUN a"}, []string{"+env A=1"}},
		{"ENV of two is two ENVs", build{text: "ENV A=1 B=2\nRUN a"}, build{text: "ENV A=1\nENV B=2\nRUN a"}, nil},
		{"the order of variables counts", build{text: "ENV A=1 B=2\nRUN a"}, build{text: "ENV B=2 A=1\nRUN a"}, []string{"-env A=1", "+env A=1"}},
		{"set again, a variable moves to the end", build{text: "ENV A=1 B=2\nRUN a"}, build{text: "ENV A=1 B=2\nENV A=1\nRUN a"}, []string{"-env A=1", "+env A=1"}},
		{"a variable of the image moves as well", build{text: "ENV A=1\nRUN a"}, build{text: "ENV A=1\nENV PATH=/bin\nRUN a"}, []string{"-env PATH=/bin", "+env PATH=/bin"}},
		{"set again at once, it stays", build{text: "ENV A=1\nRUN a"}, build{text: "ENV A=0\nENV A=1\nRUN a"}, nil},
		{"values are expanded with what stood before the instruction", build{text: "ENV A=1\nENV A=2 B=$A\nRUN a"}, build{text: "ENV A=2 B=1\nRUN a"}, nil},
		{"an ARG with a value is a variable", build{text: "RUN a"}, build{text: "ARG A=1\nRUN a"}, []string{"+env A=1"}},
		{"an ARG is like an ENV of that value", build{text: "ENV A=1\nRUN a"}, build{text: "ARG A=1\nRUN a"}, nil},
		{"an ARG without a value is nothing", build{text: "RUN a"}, build{text: "ARG A\nRUN a"}, nil},
		{"a build argument that is not declared is nothing", build{text: "RUN a"}, build{"RUN a", arg("A", "1")}, nil},
		{"a build argument replaces the default", build{text: "ARG A=1\nRUN a"}, build{"ARG A=1\nRUN a", arg("A", "2")}, []string{"-env A=1", "+env A=2"}},
		{"the last of ARG and ENV wins", build{text: "ENV A=1\nRUN a"}, build{text: "ENV A=1\nARG A=2\nRUN a"}, []string{"-env A=1", "+env A=2"}},
		{"a global ARG must be declared again", build{text: "FROM base\nRUN a"}, build{text: "ARG A=1\nFROM base\nRUN a"}, nil},
		{"and then has the value from before FROM", build{text: "FROM base\nRUN a"}, build{text: "ARG A=1\nFROM base\nARG A\nRUN a"}, []string{"+env A=1"}},
		{"a default of its own comes before the global value", build{text: "FROM base\nARG A=2\nRUN a"}, build{text: "ARG A=1\nFROM base\nARG A=2\nRUN a"}, nil},
		{"platform arguments must be declared", build{text: "RUN a"}, build{text: "ARG TARGETARCH\nRUN a"}, []string{"+env TARGETARCH=amd64"}},
		{"proxy arguments do not count", build{text: "RUN a"}, build{"RUN a", arg("HTTP_PROXY", "http://x")}, nil},
		{"but declared they do", build{"RUN a", arg("HTTP_PROXY", "http://x")}, build{"ARG HTTP_PROXY\nRUN a", arg("HTTP_PROXY", "http://x")}, []string{"+env HTTP_PROXY=http://x"}},
		{"a child stage sets the image's variables again, behind the ARGs",
			build{text: "FROM base\nARG A=1\nENV B=2\nRUN a"}, build{text: "FROM base AS p\nARG A=1\nENV B=2\nFROM p\nRUN a"},
			[]string{"-env PATH=/bin", "+env PATH=/bin"}},

		// RUN: the rest
		{"WORKDIR is the directory as written", build{text: "WORKDIR /w\nRUN a"}, build{text: "WORKDIR /w/\nRUN a"}, []string{"-cwd =/w", "+cwd =/w/"}},
		{"a relative WORKDIR is joined", build{text: "WORKDIR /w\nWORKDIR v\nRUN a"}, build{text: "WORKDIR /w\nWORKDIR /w/v\nRUN a"}, nil},
		{"USER counts as written", build{text: "USER root\nRUN a"}, build{text: "USER 0\nRUN a"}, []string{"-user =root", "+user =0"}},
		{"the platform counts", build{text: "RUN a"}, build{"RUN a", cachekey.Options{Platform: "linux/arm64"}}, []string{"-platform =linux/amd64", "+platform =linux/arm64"}},
		{"and has one form", build{"RUN a", cachekey.Options{Platform: "linux/arm64"}}, build{"RUN a", cachekey.Options{Platform: "linux/aarch64/v8"}}, nil},
		{"--network=none counts", build{text: "RUN a"}, build{text: "RUN --network=none a"}, []string{"-network", "+network =none"}},
		{"--network=default does not", build{text: "RUN a"}, build{text: "RUN --network=default a"}, nil},
		{"the build's network is the default", build{"RUN --network=host a", cachekey.Options{}}, build{"RUN a", cachekey.Options{Network: "host"}}, nil},
		{"--security=sandbox is the default", build{text: "RUN a"}, build{text: "RUN --security=sandbox a"}, nil},
		{"the hostname of the build", build{text: "RUN a"}, build{"RUN a", arg("BUILDKIT_SANDBOX_HOSTNAME", "h")}, []string{"-hostname", "+hostname =h"}},
		{"names of --add-host", build{text: "RUN a"}, build{"RUN a", cachekey.Options{AddHosts: []string{"h:1.2.3.4"}}}, []string{"+host =h"}},
		{"not its addresses", build{"RUN a", cachekey.Options{AddHosts: []string{"h:1.2.3.4"}}}, build{"RUN a", cachekey.Options{AddHosts: []string{"H=5.6.7.8"}}}, nil},
		{"--ulimit", build{text: "RUN a"}, build{"RUN a", cachekey.Options{Ulimits: []string{"nofile=1:2"}}}, []string{"+ulimit =nofile=1:2"}},
		{"--shm-size is a mount", build{text: "RUN a"}, build{"RUN a", cachekey.Options{ShmSize: "64m"}}, []string{"+mount /dev/shm=tmpfs input=-1 readonly=false size=67108864"}},
		{"--device", build{text: "RUN a"}, build{text: "RUN --device=x.y/z=1 a"}, []string{"+device =x.y/z=1 required=false"}},
		{"what changes only the image does not", build{text: "RUN a"}, build{text: "LABEL a=b\nCMD x\nENTRYPOINT y\nEXPOSE 1\nVOLUME /v\nSTOPSIGNAL 9\nHEALTHCHECK NONE\nMAINTAINER m\nONBUILD RUN z\nRUN a"}, nil},

		// RUN: mounts
		{"the source of a bind mount is no part of the recipe", build{text: "RUN --mount=source=a,target=/t x"}, build{text: "RUN --mount=source=b,target=/t x"}, []string{"-input mount context /a", "+input mount context /b"}},
		{"its target is", build{text: "RUN --mount=source=a,target=/t x"}, build{text: "RUN --mount=source=a,target=/u x"},
			[]string{"-mount /t=bind input=1 readonly=true", "+mount /u=bind input=1 readonly=true"}},
		{"a relative target is joined", build{text: "WORKDIR /w\nRUN --mount=target=t x"}, build{text: "WORKDIR /w\nRUN --mount=target=/w/t x"}, nil},
		{"rw counts", build{text: "RUN --mount=target=/t x"}, build{text: "RUN --mount=target=/t,rw x"},
			[]string{"-mount /t=bind input=1 readonly=true", "+mount /t=bind input=1 readonly=false"}},
		{"the order of mounts does not", build{text: "RUN --mount=target=/t --mount=type=tmpfs,target=/s x"}, build{text: "RUN --mount=type=tmpfs,target=/s --mount=target=/t x"}, nil},
		{"an id that is not the default one does not count", build{text: "RUN --mount=type=cache,target=/c,id=x x"}, build{text: "RUN --mount=type=cache,target=/c,id=y,sharing=locked x"}, nil},
		{"the default id does", build{text: "RUN --mount=type=cache,target=/c x"}, build{text: "RUN --mount=type=cache,target=/c,id=y x"},
			[]string{"-mount /c=cache input=-1 readonly=false cache id=//c", "+mount /c=cache input=-1 readonly=false cache id="}},
		{"written out or not", build{text: "RUN --mount=type=cache,target=/c x"}, build{text: "RUN --mount=type=cache,target=/c,id=/c,sharing=shared x"}, nil},
		{"unless it is not shared", build{text: "RUN --mount=type=cache,target=/c x"}, build{text: "RUN --mount=type=cache,target=/c,sharing=private x"},
			[]string{"-mount /c=cache input=-1 readonly=false cache id=//c", "+mount /c=cache input=-1 readonly=false cache id="}},
		{"a namespace changes the default id", build{text: "RUN --mount=type=cache,target=/c x"}, build{"RUN --mount=type=cache,target=/c x", arg("BUILDKIT_CACHE_MOUNT_NS", "n")},
			[]string{"-mount /c=cache input=-1 readonly=false cache id=//c", "+mount /c=cache input=-1 readonly=false cache id=n//c"}},
		{"the owner of a cache is a directory that is made first", build{text: "RUN --mount=type=cache,target=/c x"}, build{text: "RUN --mount=type=cache,target=/c,uid=1 x"},
			[]string{"-mount /c=cache input=-1 readonly=false cache id=//c", "+mount /c=cache input=1 readonly=false cache id=//c", "+input mount file /cache"}},
		{"a secret's id", build{text: "RUN --mount=type=secret,id=a,target=/s x"}, build{text: "RUN --mount=type=secret,id=b,target=/s x"},
			[]string{"-mount /s=secret input=-1 readonly=false id=a required=false uid=0 gid=0 mode=0400", "+mount /s=secret input=-1 readonly=false id=b required=false uid=0 gid=0 mode=0400"}},
		{"a secret as a variable", build{text: "RUN x"}, build{text: "RUN --mount=type=secret,id=a,env=A x"}, []string{"+mount secret variable=A=a required=false"}},
		{"ssh is a mount and a variable", build{text: "RUN x"}, build{text: "RUN --mount=type=ssh x"},
			[]string{"+env SSH_AUTH_SOCK=/run/buildkit/ssh_agent.0", "+mount /run/buildkit/ssh_agent.0=ssh input=-1 readonly=false id= required=false uid=0 gid=0 mode=0600"}},
		{"the default id of ssh counts", build{text: "RUN --mount=type=ssh x"}, build{text: "RUN --mount=type=ssh,id=default x"},
			[]string{"-mount /run/buildkit/ssh_agent.0=ssh input=-1 readonly=false id= required=false uid=0 gid=0 mode=0600", "+mount /run/buildkit/ssh_agent.0=ssh input=-1 readonly=false id=default required=false uid=0 gid=0 mode=0600"}},

		// COPY and ADD
		{"the directory of a source is no part of the recipe", build{text: "COPY d/x /t"}, build{text: "COPY d/e/../x /t"}, nil},
		{"its name is", build{text: "COPY a /t"}, build{text: "COPY b /t"}, []string{"-source =a", "+source =b", "-input copy context /a", "+input copy context /b"}},
		{"a source is absolute in the context", build{text: "COPY d /t"}, build{text: "COPY ../d/ /t"}, nil},
		{"the destination is", build{text: "COPY a /t"}, build{text: "COPY a /t/"}, []string{"-destination =/t", "+destination =/t/"}},
		{"it is joined with WORKDIR", build{text: "WORKDIR /w\nCOPY a ./t"}, build{text: "WORKDIR /w\nCOPY a /w/t"}, nil},
		{". is a directory", build{text: "WORKDIR /w\nCOPY a ."}, build{text: "WORKDIR /w\nCOPY a ./"}, nil},
		{"a final /. stays", build{text: "COPY a /w/"}, build{text: "COPY a /w/."}, []string{"-destination =/w/", "+destination =/w/."}},
		{"slashes are not repeated", build{text: "COPY a /w/t"}, build{text: "COPY a //w//t"}, nil},
		{"neither environment, user nor platform is in a copy", build{text: "FROM base\nCOPY a /t"}, build{text: "FROM base\nENV A=1\nUSER x\nSHELL [\"s\"]\nCOPY a /t"}, nil},
		{"but an expanded variable is", build{text: "ARG A=a\nCOPY $A /t"}, build{"ARG A=a\nCOPY $A /t", arg("A", "b")}, []string{"-source =a", "+source =b", "-input copy context /a", "+input copy context /b"}},
		{"sources share one input, in their order", build{text: "COPY a b /t/"}, build{text: "COPY b a /t/"},
			[]string{"-source =a", "+source =b", "-source =b", "+source =a", "-input copy context /a /b", "+input copy context /b /a"}},
		{"the JSON form is the same", build{text: "COPY a /t"}, build{text: `COPY ["a", "/t"]`}, nil},
		{"an owner counts even if it is the one it has", build{text: "COPY a /t"}, build{text: "COPY --chown=0 a /t"}, []string{"-owner =:", "+owner =0:"}},
		{"root is 0", build{text: "COPY --chown=root:root a /t"}, build{text: "COPY --chown=0:0 a /t"}, nil},
		{"a group is not the user's", build{text: "COPY --chown=1 a /t"}, build{text: "COPY --chown=1:1 a /t"}, []string{"-owner =1:", "+owner =1:1"}},
		{"a name is a name", build{text: "COPY --chown=u a /t"}, build{text: "COPY --chown=v a /t"}, []string{"-owner =name u:", "+owner =name v:"}},
		{"a mode is a number", build{text: "COPY --chmod=755 a /t"}, build{text: "COPY --chmod=0755 a /t"}, nil},
		{"or a text", build{text: "COPY a /t"}, build{text: "COPY --chmod=u+x a /t"}, []string{"-mode", "+mode =u+x"}},
		{"--exclude", build{text: "COPY d /t"}, build{text: "COPY --exclude=*.x d /t"}, []string{"+exclude =*.x"}},
		{"--parents", build{text: "COPY d/x /t/"}, build{text: "COPY --parents d/x /t/"},
			[]string{"-source =x", "+source =/", "+include =d/x", "+include =required /d/x", "-input copy context /d/x", "+input copy context /"}},
		{"--parents after /./", build{text: "COPY --parents d/x /t/"}, build{text: "COPY --parents ./d/./x /t/"},
			[]string{"-source =/", "+source =d", "-include =d/x", "+include =x", "-input copy context /", "+input copy context /d"}},
		{"--link has no root", build{text: "COPY a /t"}, build{text: "COPY --link a /t"},
			[]string{"-kind =copy on root", "-kind =path from 1", "+kind =copy on nothing", "+kind =path from 0", "-input root image"}},
		{"--chmod unlinks", build{text: "COPY --chmod=755 a /t"}, build{text: "COPY --link --chmod=755 a /t"}, nil},
		{"--link=false is none", build{text: "COPY a /t"}, build{text: "COPY --link=false a /t"}, nil},
		{"ADD unpacks", build{text: "COPY a /t"}, build{text: "ADD a /t"}, []string{"-unpack =false", "+unpack =true"}},
		{"unless it is told not to", build{text: "COPY a /t"}, build{text: "ADD --unpack=false a /t"}, nil},
		{"a here-document is a file of that name", build{text: "COPY <<E /t/\nx\nE"}, build{text: "COPY <<F /t/\nx\nF"}, []string{"-source =E", "+source =F", "-input copy file /E", "+input copy file /F"}},
		{"a stage by name or number", build{text: "FROM base AS p\nRUN a\nFROM base\nCOPY --from=p /x /t"}, build{text: "FROM base AS p\nRUN a\nFROM base\nCOPY --from=0 /x /t"}, nil},
		{"a URL by its name", build{text: "ADD https://x/a /t"}, build{text: "ADD https://x/b /t"}, []string{"-source =a", "+source =b", "-input copy remote /a", "+input copy remote /b"}},

		// WORKDIR
		{"WORKDIR is made where it is cleaned", build{text: "WORKDIR /w"}, build{text: "WORKDIR /w/./"}, nil},
		{"its owner is the user as written", build{text: "WORKDIR /w"}, build{text: "USER u\nWORKDIR /w"}, []string{"+owner =name u:"}},
		{"root is 0 there", build{text: "USER root\nWORKDIR /w"}, build{text: "USER 0\nWORKDIR /w"}, nil},
		{"it knows no environment", build{text: "WORKDIR /w"}, build{text: "ENV A=1\nARG B=2\nWORKDIR /w"}, nil},
		{"but expands it", build{text: "ENV A=/w\nWORKDIR $A"}, build{text: "WORKDIR /w"}, nil},
		{"SOURCE_DATE_EPOCH is its time", build{text: "WORKDIR /w"}, build{"WORKDIR /w", arg("SOURCE_DATE_EPOCH", "007")}, []string{"-time", "+time =7"}},

		// FROM
		{"an image is its full reference and its platform", build{text: "FROM base"}, build{text: "FROM docker.io/library/base:latest"}, nil},
		{"another tag is another image", build{text: "FROM base"}, build{text: "FROM base:2"}, []string{"-image =docker.io/library/base:latest", "+image =docker.io/library/base:2"}},
		{"--platform", build{text: "FROM base"}, build{text: "FROM --platform=linux/arm64 base"}, []string{"-platform =linux/amd64", "+platform =linux/arm64"}},
		{"an image is its digest, whatever its name", build{text: "FROM x:1@sha256:" + strings.Repeat("0", 64)}, build{text: "FROM y@sha256:" + strings.Repeat("0", 64)}, nil},

		// ONBUILD
		{"a trigger is a step of the child", build{text: "FROM base AS p\nFROM p\nRUN a"}, build{text: "FROM base AS p\nONBUILD RUN a\nFROM p"}, nil},
		{"and runs first in it", build{text: "FROM base AS p\nFROM p\nENV A=1\nRUN a"}, build{text: "FROM base AS p\nONBUILD ENV A=1\nFROM p\nRUN a"}, nil},
		{"but not in a grandchild", build{text: "FROM base AS p\nFROM p AS c\nRUN a\nFROM c\nRUN b"}, build{text: "FROM base AS p\nONBUILD RUN a\nFROM p AS c\nFROM c\nRUN b"}, nil},

		// what an unknown image defines
		{"an unknown image's variables are one symbol", build{text: "FROM x\nRUN a"}, build{text: "FROM x\nENV A=1\nRUN a"}, []string{"+env A=1"}},
		{"another image has another", build{text: "FROM x\nWORKDIR a"}, build{text: "FROM y\nWORKDIR a"}, []string{"-destination =/<workdir of the base image>/a", "+destination =/<workdir of the base image>/a", "-owner =name <user of the base image>:", "+owner =name <user of the base image>:"}},
	} {
		old, new := rawLines(last(tt.old.graph(t))), rawLines(last(tt.new.graph(t)))
		got := moved(old, new)
		for i := range got {
			got[i] = cachekey.Readable(got[i])
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s\n(-want +got)\n%s", tt.reason, diff)
		}
	}
}
