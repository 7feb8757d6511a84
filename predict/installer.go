package predict

import "github.com/whybust/whybust/internal/lazyregexp"

// An installer is a command that fetches what a project depends on, as its
// manifests and lock files say, and so can run before the sources are there.
type installer struct {
	command *lazyregexp.Regexp // whole, as bare gives it
	// needs are the manifests without which it does nothing, takes those that it
	// heeds where they exist.
	needs, takes []string
	// fetch is set for a command that compiles as well: the one that only fetches.
	fetch string
	// refuse says, of the content of any of these files, that the sources count after
	// all: local paths, several projects, scripts that run on install.
	refuse *lazyregexp.Regexp
	// lifts is the flag with which refuse does not count.
	lifts *lazyregexp.Regexp
	// absent are files with which nothing is fetched or more projects belong to it.
	absent []string
}

// flags allows options without values, and with those after "=" or of registries.
const flags = `( --(?:registry|omit|network-timeout|network-concurrency) \S+| -{1,2}[A-Za-z][\w-]*(=\S+)?)*$`

var (
	nodeScripts  = lazyregexp.New(`"(preinstall|install|postinstall|prepare|prepublish|workspaces)"\s*:|"(file|link|portal|workspace|patch):|patchedDependencies`)
	noScripts    = lazyregexp.New(` --ignore-scripts( |$)`)
	goLocal      = lazyregexp.New(`=>\s*\.`)
	pythonLocal  = lazyregexp.New(`(?m)^\s*(-[ercf]|--\w+|\.|/)|file:`)
	mavenModules = lazyregexp.New(`<module>|<systemPath>|<relativePath>[^<]`)
)

// installers are those of the package managers, most particular first.
var installers = []installer{
	{
		command: lazyregexp.New(`^npm (ci|install|i|clean-install)` + flags),
		needs:   []string{"package.json"}, takes: []string{"package-lock.json", "npm-shrinkwrap.json", ".npmrc"},
		refuse: nodeScripts, lifts: noScripts,
	}, {
		command: lazyregexp.New(`^pnpm (install|i|fetch)` + flags),
		needs:   []string{"package.json"}, takes: []string{"pnpm-lock.yaml", ".npmrc"},
		refuse: nodeScripts, lifts: noScripts, absent: []string{"pnpm-workspace.yaml", ".pnpmfile.cjs"},
	}, {
		command: lazyregexp.New(`^yarn( install)?` + flags),
		needs:   []string{"package.json"}, takes: []string{"yarn.lock", ".yarnrc", ".npmrc"},
		refuse: nodeScripts, lifts: noScripts, absent: []string{".yarnrc.yml", ".yarn"},
	}, {
		command: lazyregexp.New(`^bun (install|i)` + flags),
		needs:   []string{"package.json"}, takes: []string{"bun.lock", "bun.lockb", "bunfig.toml", ".npmrc"},
		refuse: nodeScripts, lifts: noScripts,
	}, {
		command: lazyregexp.New(`^(pip3?|python3? -m pip|uv pip) install( -{1,2}[A-Za-z][\w-]*(=\S+)?)*( (-r|--requirement)[ =]\S+)+( -{1,2}[A-Za-z][\w-]*(=\S+)?)*$`),
		refuse:  pythonLocal, // its needs are the files that it names
	}, {
		command: lazyregexp.New(`^poetry install\b`),
		needs:   []string{"pyproject.toml"}, takes: []string{"poetry.lock", "poetry.toml"},
		refuse: lazyregexp.New(`(?s)^`), lifts: lazyregexp.New(` --no-root( |$)`),
	}, {
		command: lazyregexp.New(`^uv sync\b`),
		needs:   []string{"pyproject.toml"}, takes: []string{"uv.lock", ".python-version", "uv.toml"},
		refuse: lazyregexp.New(`(?m)^\[build-system\]|^\[tool\.uv\.workspace\]|path\s*=|package\s*=\s*true`), lifts: lazyregexp.New(` --no-install-project( |$)`),
	}, {
		command: lazyregexp.New(`^pipenv (install|sync)` + flags),
		needs:   []string{"Pipfile"}, takes: []string{"Pipfile.lock"},
		refuse: lazyregexp.New(`\b(path|file)\s*=`),
	}, {
		command: lazyregexp.New(`^go mod (download|verify)( -x)?$`),
		needs:   []string{"go.mod"}, takes: []string{"go.sum"}, refuse: goLocal, absent: []string{"go.work"},
	}, {
		command: lazyregexp.New(`^go (build|install)\b`), fetch: "go mod download",
		needs: []string{"go.mod", "go.sum"}, refuse: goLocal, absent: []string{"go.work", "vendor/modules.txt"},
	}, {
		command: lazyregexp.New(`^(mvn|\./mvnw)( -{1,2}\S+)* dependency:(go-offline|resolve)( -{1,2}\S+)*$`),
		needs:   []string{"pom.xml"}, takes: []string{"mvnw", ".mvn"}, refuse: mavenModules,
	}, {
		command: lazyregexp.New(`^(mvn|\./mvnw)( -{1,2}\S+)*( clean)? (package|install|verify)\b`), fetch: "mvn dependency:go-offline",
		needs: []string{"pom.xml"}, takes: []string{"mvnw", ".mvn"}, refuse: mavenModules,
	}, {
		command: lazyregexp.New(`^(gradle|\./gradlew)( -{1,2}\S+)* dependencies( -{1,2}\S+)*$`),
		takes: []string{
			"build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts", "gradle.properties", "gradlew", "gradle",
		},
		refuse: lazyregexp.New(`(?m)^\s*include\b|project\(|fileTree|files\(|apply from`), absent: []string{"buildSrc"},
	}, {
		command: lazyregexp.New(`^bundle install\b`),
		needs:   []string{"Gemfile"}, takes: []string{"Gemfile.lock", ".ruby-version"},
		refuse: lazyregexp.New(`(?m)^\s*(gemspec|path|eval_gemfile)\b|\bpath:|:path\b|File\.|require_relative`),
	}, {
		command: lazyregexp.New(`^composer (install|i)\b`),
		needs:   []string{"composer.json"}, takes: []string{"composer.lock", "symfony.lock"},
		refuse: lazyregexp.New(`"(scripts|classmap|files)"\s*:|"type"\s*:\s*"path"|optimize-autoloader`),
		lifts:  lazyregexp.New(` --no-scripts .*--no-autoloader( |$)| --no-autoloader .*--no-scripts( |$)`),
	}, {
		command: lazyregexp.New(`^mix deps\.get\b`),
		needs:   []string{"mix.exs"}, takes: []string{"mix.lock"},
		refuse: lazyregexp.New(`\bpath:|apps_path|File\.|Code\.`),
	}, {
		command: lazyregexp.New(`^dotnet restore \S+proj\b`), // its needs are the project that it names
		takes:   []string{"Directory.Build.props", "Directory.Packages.props", "NuGet.Config", "nuget.config", "global.json"},
		refuse:  lazyregexp.New(`<ProjectReference|<Import `),
	}, {
		command: lazyregexp.New(`^dotnet restore$`),
		needs:   []string{"*.csproj"},
		takes:   []string{"Directory.Build.props", "Directory.Packages.props", "NuGet.Config", "nuget.config", "global.json"},
		refuse:  lazyregexp.New(`<ProjectReference|<Import `),
	}, {
		command: lazyregexp.New(`^cargo (fetch|build)\b`), fetch: "cargo fetch",
		needs: []string{"Cargo.toml", "Cargo.lock", "src/main.rs"}, takes: []string{"rust-toolchain.toml", "rust-toolchain"},
		refuse: lazyregexp.New(`\[workspace|\bpath\s*=|\[\[?(bin|lib|bench|example)\b|\bbuild\s*=`),
	},
}

// named gives the files that a command line itself names as manifests.
var named = lazyregexp.New(`(?: -r| --requirement)[ =](\S+)|^dotnet restore "?([^\s"]+proj)\b`)

// harmless are the commands that look at nothing of the project.
var harmless = lazyregexp.New(`^(set -\S+|mkdir .*|echo .*|npm (cache|config) .*|yarn (cache|config) .*|corepack .*|pip3? cache .*` +
	`|(npm|pnpm) (install|i|add) (-g|--global)( \S+)+|yarn global add .*|(pip3?|python3? -m pip) install( -\S+)* (pip|setuptools|wheel|poetry|uv|pipenv)[\w<>=.\-]*` +
	`|(apt-get|apk|apt) .*|rm -rf? (/var/|/root/|/tmp/|~/)\S*|gem install bundler.*|mix local\.\w+.*|go env .*|bundle config .*|poetry config .*)$`)
