package parts_test

import (
	"testing"

	"github.com/whybust/whybust/internal/scenario"
)

// odd are Dockerfiles that neither the scenarios nor the random builds hold, each for one corner of the converter.
var odd = []struct {
	name, args, dockerfile string
}{
	{"platforms of file operations", "", "FROM --platform=linux/arm64 scratch AS a\nWORKDIR /x\nFROM scratch AS b\nWORKDIR /x\nFROM scratch\nCOPY --from=a / /a\nCOPY --from=b / /b\n"},
	{"here-documents of two platforms", "", "FROM --platform=linux/arm64 x AS a\nCOPY <<E /f\n1\nE\nFROM x\nCOPY <<E /f\n1\nE\nCOPY --from=a /f /g\n"},
	{"platform argument", "--platform linux/arm/v6", "FROM --platform=$BUILDPLATFORM x AS a\nARG TARGETPLATFORM TARGETVARIANT BUILDARCH\nRUN a\nFROM x\nARG TARGETARCH\nRUN b\nCOPY --from=a /o /p\n"},
	{"platform variants", "--platform linux/arm64/v8", "FROM x\nRUN a\nFROM --platform=linux/amd64/v2 x\nARG TARGETPLATFORM\nRUN b\nFROM --platform=arm y\nRUN c\nCOPY --from=0 / /\nCOPY --from=1 / /\n"},
	{"proxy arguments", "--build-arg HTTP_PROXY=http://p --build-arg no_proxy=q", "FROM x\nRUN a\nARG HTTP_PROXY\nRUN b\n"},
	{"special arguments", "--build-arg BUILDKIT_SANDBOX_HOSTNAME=h --build-arg BUILDKIT_CACHE_MOUNT_NS=ns --build-arg BUILDKIT_MULTI_PLATFORM=1", "FROM x\nRUN --mount=type=cache,target=/c a\nRUN --mount=type=cache,target=/c,id=ns/c b\nRUN --mount=type=cache,target=/c,id=/c,sharing=private c\n"},
	{"time", "--build-arg SOURCE_DATE_EPOCH=1700000000", "FROM x\nARG SOURCE_DATE_EPOCH\nRUN a\nWORKDIR /a\nCOPY a b\nCOPY <<E c\nd\nE\n"},
	{"time before FROM", "", "ARG SOURCE_DATE_EPOCH=5\nFROM x\nARG SOURCE_DATE_EPOCH\nRUN a\nWORKDIR /a\n"},
	{"time of the context", "--build-arg SOURCE_DATE_EPOCH=context", "FROM x\nARG SOURCE_DATE_EPOCH\nRUN a\nWORKDIR /a\n"},
	{"no time", "--build-arg SOURCE_DATE_EPOCH=", "FROM x\nARG SOURCE_DATE_EPOCH\nRUN a\nWORKDIR /a\n"},
	{"target stage argument", "--target B", "FROM x AS b\nARG TARGETSTAGE\nRUN a\nFROM b\nRUN c\n"},
	{"hosts and limits", "--add-host A:1.2.3.4 --add-host b:::1 --ulimit nofile=10 --ulimit core=1:2 --shm-size 64m --network host", "FROM x\nRUN a\nRUN --network=none b\nRUN --network=default c\n"},
	{"two hosts of one name", "--add-host a:1.2.3.4 --add-host a:1.2.3.5 --network none", "FROM x\nRUN a\nRUN --network=host b\n"},
	{"hosts out of order", "--add-host z:1.2.3.4 --add-host a:1.2.3.5 --ulimit nofile=1 --ulimit core=2", "FROM x\nRUN a\n"},
	{"security and devices", "", "# syntax=docker/dockerfile:1-labs\nFROM x\nRUN --security=insecure a\nRUN --security=sandbox b\n"},
	{"device", "", "FROM x\nRUN --device=vendor.com/gpu=all,required a\nRUN --device=name=v.com/c=d b\n"},
	{"tmpfs", "", "FROM x\nRUN --mount=type=tmpfs,target=/t,size=10m a\nRUN --mount=type=tmpfs,target=t b\n"},
	{"secrets", "", "FROM x\nRUN --mount=type=secret,id=a --mount=type=secret,target=/b/c,required,uid=3,mode=0444 --mount=type=secret,id=d,env=D --mount=type=secret,id=e,env=E,target=/e a\nRUN --mount=type=secret,source=s b\n"},
	{"agents", "", "FROM x\nRUN --mount=type=ssh --mount=type=ssh,id=q,gid=2,required a\nENV SSH_AUTH_SOCK=s\nRUN --mount=type=ssh,target=/sock b\n"},
	{"mount options", "", "FROM x\nWORKDIR /w\nRUN --mount=target=rel,rw --mount=type=bind,source=sub/../dir,target=/b --mount=type=cache,target=c/,readonly a\nRUN --mount=type=cache,target=/c/../d/,uid=5 b\nRUN --mount=from=y,target=/y,source=/q c\n"},
	{"mounts of variables", "", "FROM x\nARG T=/t I=id\nRUN --mount=type=cache,target=$T,id=$I,sharing=locked a\nRUN --mount=type=bind,source=$I,target=$T,from=y b\n"},
	{"cache of a stage", "", "FROM scratch AS c\nCOPY a /cache/\nFROM x\nRUN --mount=type=cache,from=c,source=/cache,target=/k a\nRUN --mount=type=cache,from=c,target=/k,mode=0700,gid=3 b\nRUN --mount=type=cache,from=scratch,target=/k,uid=1 c\n"},
	{"one mount twice", "", "FROM x\nRUN --mount=target=/a --mount=target=/a,source=b a\nRUN --mount=target=/b,source=q --mount=target=/a,source=r --mount=target=/c,source=q/r b\n"},
	{"root as a mount", "", "FROM x AS a\nRUN --mount=from=x,target=/m a\nFROM a\nRUN --mount=from=a,target=/m,source=s b\n"},
	{"copy on its own base", "", "FROM x AS a\nFROM a\nCOPY --from=a /q /r\nCOPY --from=a /q /s /t/\n"},
	{"scratch as a source", "", "FROM x\nCOPY --from=scratch a /b\n"},
	{"stage numbers", "", "FROM x AS a1\nRUN a\nFROM y\nRUN --mount=from=0,target=/m b\nCOPY --from=0 a b\n"},
	{"names in capitals", "", "FROM x AS Build\nRUN a\nFROM build AS two\nCOPY --from=bUILD a b\n"},
	{"name of an image", "", "FROM alpine AS alpine\nRUN a\nFROM alpine\nRUN b\nCOPY --from=alpine a b\n"},
	{"the same name twice", "", "FROM x AS a\nRUN one\nFROM y AS a\nRUN two\nFROM a\nRUN three\n"},
	{"base by argument", "", "ARG B=x:1\nARG C=${B}-s\nFROM ${C:-y} AS b\nFROM $C\nRUN a\n"},
	{"digest", "", "FROM x:1@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\nRUN a\n"},
	{"copy sources", "", "FROM x\nCOPY a/ /b\nCOPY ./a/. ../b /c/\nCOPY a//b c\nCOPY [\"sp ace\", \"./\"]\nCOPY \\[x] [!a]* d/\nCOPY . .\nCOPY / /\nCOPY ../.. /z/.\n"},
	{"copy parents", "", "FROM x\nCOPY --parents ./a/./b/c ./d/*/./e /f/\nCOPY --parents a/b/ c/../d /g\nCOPY --parents --exclude=*.x --exclude=!y.x . /h\n"},
	{"copy flags", "", "FROM x\nARG O=1:2 M=u+x\nCOPY --chown=$O --chmod=$M a b\nCOPY --chown=bob --chmod=0644 a b\nCOPY --chown=root:staff a b\nCOPY --chown=:5 a b\nCOPY --chmod=07777 a b\nCOPY --chown=4294967295 a b\nCOPY --link --chown=3 a b\nCOPY --link --chmod=1 a b\nCOPY --link=false a b\n"},
	{"mode of all clauses", "", "FROM x\nCOPY --chmod=u=rwX,go+r-w,a-st=u,+x,= a b\n"},
	{"mode without operator", "", "FROM x\nCOPY --chmod=rwx a b\n"},
	{"mode of nobody", "", "FROM x\nCOPY --chmod=z+x a b\n"},
	{"mode with an empty clause", "", "FROM x\nCOPY --chmod=u+x, a b\n"},
	{"mode too large", "", "FROM x\nCOPY --chmod=10000 a b\n"},
	{"mode of other digits", "", "FROM x\nCOPY --chmod=0689 a b\n"},
	{"mode of a number and more", "", "FROM x\nCOPY --chmod=7u+x a b\n"},
	{"mode of two operators", "", "FROM x\nCOPY --chmod=u+-x a b\n"},
	{"mode with a letter after the permissions", "", "FROM x\nCOPY --chmod=u+ra a b\n"},
	{"digest of another algorithm", "", "FROM x\nADD --checksum=md5:d41d8cd98f00b204e9800998ecf8427e https://h/g /h\n"},
	{"short digest", "", "FROM x\nADD --checksum=sha256:e3b0 https://h/g /h\n"},
	{"no digest", "", "FROM x\nADD --checksum=e3b0 https://h/g /h\n"},
	{"digest in capitals", "", "FROM x\nADD --checksum=sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855 https://h/g /h\n"},
	{"checksum of a repository", "", "FROM x\nADD --checksum=e3b0 https://h/g.git /h\n"},
	{"links", "", "FROM scratch\nCOPY --link a /b\nWORKDIR /w\nCOPY --link a b\nRUN c\nADD --link d.tar e/\n"},
	{"add", "", "FROM x\nADD a.tar /b\nADD --unpack=false a.tar /b\nADD --unpack a b /c/\nADD https://h/p/f.txt?q=1 /d\nADD --unpack=true https://h/f.tgz /e\nADD https://h/ https://h/q/ /f/\nADD --checksum=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 https://h/g /h\n"},
	{"add git", "", "FROM x\nADD https://github.com/a/b.git#v1:sub /c\nADD --keep-git-dir=true git@github.com:a/b.git /c\nADD --link git://h/r /d\n"},
	{"here-documents", "", "FROM x\nARG V=v\nRUN <<E\n#!/usr/bin/env python\nprint($V)\nE\nRUN <<-E cat\n\ta $V\n\tE\nRUN cat <<A <<'B'\n1\nA\n2\nB\nCOPY <<\"A\" <<B a.txt /d/\n$V\nA\n$V \\$V\nB\nRUN python <<E\nx\nE\nADD --chown=1 <<E /e\nq\nE\n"},
	{"here-document in exec form", "", "FROM x\nSHELL [\"bash\"]\nRUN <<E\n\n  #!a\nb\nE\nRUN [\"a\", \"<<E\"]\n"},
	{"shell", "", "FROM x\nSHELL [\"a\", \"b c\"]\nRUN d  e\nFROM x\nRUN q\n"},
	{"shell inherited", "", "FROM x AS a\nSHELL [\"a\", \"-c\"]\nUSER u\nWORKDIR w\nENV A=1\nARG B=2\nFROM a\nRUN q\nARG B\nRUN r\n"},
	{"workdirs", "", "FROM x\nWORKDIR a\nWORKDIR ../b/./c\nWORKDIR /\nWORKDIR /d/\nWORKDIR //e//f\nWORKDIR .\nRUN q\nCOPY a .\nCOPY b ../\n"},
	{"workdirs of users", "", "FROM x\nUSER 5\nWORKDIR a\nUSER bob:7\nWORKDIR b\nUSER root\nWORKDIR c\nUSER 0:0\nWORKDIR d\n"},
	{"workdir with variables", "", "FROM x\nENV D=/q E=\nWORKDIR $D/${E:-w}\nWORKDIR ${D#/}\nWORKDIR '$D'\nRUN a\n"},
	{"environment", "", "FROM x\nENV A=1 B=$A C=\"x y\" D='$A'\nENV A=2 E=$A$B\nENV old style value\nENV A 3\nARG A=9\nRUN a\nENV PATH=$PATH:/z\nRUN b\n"},
	{"expansions", "", "FROM x\nENV A=foo.bar.baz E=\nENV B=${A%.*} C=${A%%.*} D=${A#*.} F=${A##*.} G=${A/a/o} H=${A//a/o} I=${E:-d} J=${E-d} K=${N+s} L=${A:+s} M=\\$A\nRUN a\n"},
	{"arguments", "--build-arg A=given --build-arg B=", "ARG A=1 B=2\nARG C=$A-$B\nFROM x\nARG C\nARG A B=$C D=${A} E\nRUN a\nENV A=env\nRUN b\nARG A=again\nRUN c\n"},
	{"argument of a parent", "--build-arg A=1", "FROM x AS a\nARG A\nRUN a\nFROM a AS b\nRUN b\nFROM b\nARG A=2\nRUN c\n"},
	{"argument unset again", "", "ARG G=g\nFROM x\nARG G=1\nARG G\nARG H=1\nARG H\nRUN a\n"},
	{"triggers of a stage", "", "FROM x AS a\nONBUILD RUN t\nONBUILD COPY --from=y a b\nONBUILD WORKDIR w\nFROM a AS b\nRUN c\nFROM b\nRUN d\n"},
	{"trigger mounts", "", "FROM x AS s\nRUN s\nFROM x AS a\nONBUILD RUN --mount=from=s,target=/s t\nONBUILD ARG Q=1\nONBUILD ENV R=$Q\nFROM a\nRUN u\n"},
	{"escape directive", "", "# escape=`\nFROM x\nRUN a `\n  b\nCOPY a c:\\d\nENV A=\"`\"x`\"\"\nRUN c\n"},
	{"names printed", "", "FROM x AS a\nARG V=1\nRUN echo $V ${W:-w} \"$V\" '$V' \\$V\nCOPY $V ${V}/ \"$V\" /d/\nWORKDIR /$V\nADD --chown=$V a b\nFROM a\nRUN --mount=type=cache,target=/$V a   b\nRUN [\"$V\"]\n"},
	{"many steps", "", "FROM x\nRUN 1\nRUN 2\nRUN 3\nRUN 4\nRUN 5\nRUN 6\nRUN 7\nRUN 8\nRUN 9\n"},
	{"unused stages", "", "FROM x AS a\nRUN a\nFROM nowhere:$UNSET AS b\nRUN b\nFROM a\nRUN c\n"},
	{"later stage", "", "FROM x\nCOPY --from=b a b\nFROM y AS b\nRUN b\n"},
	{"itself", "", "FROM x AS a\nCOPY --from=a a b\n"},
	{"unknown target", "--target q", "FROM x\n"},
	{"scratch alone", "", "FROM scratch\nCMD a\n"},
	{"scratch with a name", "", "FROM scratch\nCOPY --chown=bob a b\n"},
	{"scratch user", "", "FROM scratch\nUSER bob\nWORKDIR /a\n"},
	{"big mode", "", "FROM x\nCOPY --chmod=10000 a b\n"},
	{"secret without an id", "", "FROM x\nRUN --mount=type=secret a\n"},
	{"mount over the root", "", "FROM x\nRUN --mount=target=/ a\n"},
	{"name with link", "", "FROM x\nCOPY --link --chown=bob a b\n"},
	{"copy of a URL", "", "FROM x\nCOPY https://h/a b\n"},
	{"checksum of a path", "", "FROM x\nADD --checksum=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 a b\n"},
	{"bad expansion", "", "FROM x\nENV A=${B:?no}\nRUN a\n"},
	{"variable in --from", "", "FROM x AS a\nFROM x\nARG S=a\nCOPY --from=$S a b\n"},
	{"many sources, one file", "", "FROM x\nCOPY a b c\n"},
}

// TestOddReplay does the same with Dockerfiles made for corners.
func TestOddReplay(t *testing.T) {
	var all []*scenario.Scenario
	for _, c := range odd {
		text := "reason: " + c.name + "\n"
		if c.args != "" {
			text += "args: " + c.args + "\n"
		}
		s, err := scenario.Parse(c.name, []byte(text+"-- both/Dockerfile --\n"+c.dockerfile))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	t.Logf("%d Dockerfiles, each as old and new, on two kinds of images", len(odd))
	compareAll(t, all)
}
