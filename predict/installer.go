package predict

import "regexp"

// An installer is a command that fetches what a project depends on, as its
// manifests and lock files say, and so can run before the sources are there.
type installer struct {
	command *regexp.Regexp // whole, as bare gives it
	// needs are the manifests without which it does nothing, takes those that it
	// heeds where they exist.
	needs, takes []string
	// fetch is set for a command that compiles as well: the one that only fetches.
	fetch string
	// refuse says, of the content of any of these files, that the sources count after
	// all: local paths, several projects, scripts that run on install.
	refuse *regexp.Regexp
	// lifts is the flag with which refuse does not count.
	lifts *regexp.Regexp
	// absent are files with which nothing is fetched or more projects belong to it.
	absent []string
}

// flags allows options without values, and with those after "=" or of registries.
const flags = `( --registry \S+| --omit \S+| -{1,2}[A-Za-z][\w-]*(=\S+)?)*$`

var (
	nodeScripts  = regexp.MustCompile(`"(preinstall|install|postinstall|prepare|prepublish|workspaces)"\s*:|"(file|link|portal|workspace|patch):|patchedDependencies`)
	noScripts    = regexp.MustCompile(` --ignore-scripts( |$)`)
	goLocal      = regexp.MustCompile(`=>\s*\.`)
	pythonLocal  = regexp.MustCompile(`(?m)^\s*(-[ercf]|--\w+|\.|/)|file:`)
	mavenModules = regexp.MustCompile(`<module>|<systemPath>|<relativePath>[^<]`)
)

// installers are those of the package managers, most particular first.
var installers = []installer{
	{
		command: regexp.MustCompile(`^npm (ci|install|i|clean-install)` + flags),
		needs:   []string{"package.json"}, takes: []string{"package-lock.json", "npm-shrinkwrap.json", ".npmrc"},
		refuse: nodeScripts, lifts: noScripts,
	}, {
		command: regexp.MustCompile(`^pnpm (install|i|fetch)` + flags),
		needs:   []string{"package.json"}, takes: []string{"pnpm-lock.yaml", ".npmrc"},
		refuse: nodeScripts, lifts: noScripts, absent: []string{"pnpm-workspace.yaml", ".pnpmfile.cjs"},
	}, {
		command: regexp.MustCompile(`^yarn( install)?` + flags),
		needs:   []string{"package.json"}, takes: []string{"yarn.lock", ".yarnrc", ".npmrc"},
		refuse: nodeScripts, lifts: noScripts, absent: []string{".yarnrc.yml", ".yarn"},
	}, {
		command: regexp.MustCompile(`^bun (install|i)` + flags),
		needs:   []string{"package.json"}, takes: []string{"bun.lock", "bun.lockb", "bunfig.toml", ".npmrc"},
		refuse: nodeScripts, lifts: noScripts,
	}, {
		command: regexp.MustCompile(`^(pip3?|python3? -m pip|uv pip) install( -{1,2}[A-Za-z][\w-]*(=\S+)?)*( (-r|--requirement)[ =]\S+)+( -{1,2}[A-Za-z][\w-]*(=\S+)?)*$`),
		refuse:  pythonLocal, // its needs are the files that it names
	}, {
		command: regexp.MustCompile(`^poetry install\b`),
		needs:   []string{"pyproject.toml"}, takes: []string{"poetry.lock", "poetry.toml"},
		refuse: regexp.MustCompile(`(?s)^`), lifts: regexp.MustCompile(` --no-root( |$)`),
	}, {
		command: regexp.MustCompile(`^uv sync\b`),
		needs:   []string{"pyproject.toml"}, takes: []string{"uv.lock", ".python-version", "uv.toml"},
		refuse: regexp.MustCompile(`(?m)^\[build-system\]|^\[tool\.uv\.workspace\]|path\s*=|package\s*=\s*true`), lifts: regexp.MustCompile(` --no-install-project( |$)`),
	}, {
		command: regexp.MustCompile(`^pipenv (install|sync)` + flags),
		needs:   []string{"Pipfile"}, takes: []string{"Pipfile.lock"},
		refuse: regexp.MustCompile(`\b(path|file)\s*=`),
	}, {
		command: regexp.MustCompile(`^go mod (download|verify)( -x)?$`),
		needs:   []string{"go.mod"}, takes: []string{"go.sum"}, refuse: goLocal, absent: []string{"go.work"},
	}, {
		command: regexp.MustCompile(`^go (build|install)\b`), fetch: "go mod download",
		needs: []string{"go.mod", "go.sum"}, refuse: goLocal, absent: []string{"go.work", "vendor/modules.txt"},
	}, {
		command: regexp.MustCompile(`^(mvn|\./mvnw)( -{1,2}\S+)* dependency:(go-offline|resolve)( -{1,2}\S+)*$`),
		needs:   []string{"pom.xml"}, takes: []string{"mvnw", ".mvn"}, refuse: mavenModules,
	}, {
		command: regexp.MustCompile(`^(mvn|\./mvnw)( -{1,2}\S+)*( clean)? (package|install|verify)\b`), fetch: "mvn dependency:go-offline",
		needs: []string{"pom.xml"}, takes: []string{"mvnw", ".mvn"}, refuse: mavenModules,
	}, {
		command: regexp.MustCompile(`^(gradle|\./gradlew)( -{1,2}\S+)* dependencies( -{1,2}\S+)*$`),
		takes: []string{
			"build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts", "gradle.properties", "gradlew", "gradle",
		},
		refuse: regexp.MustCompile(`(?m)^\s*include\b|project\(|fileTree|files\(|apply from`), absent: []string{"buildSrc"},
	}, {
		command: regexp.MustCompile(`^bundle install\b`),
		needs:   []string{"Gemfile"}, takes: []string{"Gemfile.lock", ".ruby-version"},
		refuse: regexp.MustCompile(`(?m)^\s*(gemspec|path|eval_gemfile)\b|\bpath:|:path\b|File\.|require_relative`),
	}, {
		command: regexp.MustCompile(`^composer (install|i)\b`),
		needs:   []string{"composer.json"}, takes: []string{"composer.lock", "symfony.lock"},
		refuse: regexp.MustCompile(`"(scripts|classmap|files)"\s*:|"type"\s*:\s*"path"|optimize-autoloader`),
		lifts:  regexp.MustCompile(` --no-scripts .*--no-autoloader( |$)| --no-autoloader .*--no-scripts( |$)`),
	}, {
		command: regexp.MustCompile(`^mix deps\.get\b`),
		needs:   []string{"mix.exs"}, takes: []string{"mix.lock"},
		refuse: regexp.MustCompile(`\bpath:|apps_path|File\.|Code\.`),
	}, {
		command: regexp.MustCompile(`^dotnet restore \S+proj\b`), // its needs are the project that it names
		takes:   []string{"Directory.Build.props", "Directory.Packages.props", "NuGet.Config", "nuget.config", "global.json"},
		refuse:  regexp.MustCompile(`<ProjectReference|<Import `),
	}, {
		command: regexp.MustCompile(`^dotnet restore$`),
		needs:   []string{"*.csproj"},
		takes:   []string{"Directory.Build.props", "Directory.Packages.props", "NuGet.Config", "nuget.config", "global.json"},
		refuse:  regexp.MustCompile(`<ProjectReference|<Import `),
	}, {
		command: regexp.MustCompile(`^cargo (fetch|build)\b`), fetch: "cargo fetch",
		needs: []string{"Cargo.toml", "Cargo.lock", "src/main.rs"}, takes: []string{"rust-toolchain.toml", "rust-toolchain"},
		refuse: regexp.MustCompile(`\[workspace|\bpath\s*=|\[\[?(bin|lib|bench|example)\b|\bbuild\s*=`),
	},
}

// named gives the files that a command line itself names as manifests.
var named = regexp.MustCompile(`(?: -r| --requirement)[ =](\S+)|^dotnet restore "?([^\s"]+proj)\b`)

// harmless are the commands that look at nothing of the project.
var harmless = regexp.MustCompile(`^(set -\S+|mkdir .*|echo .*|npm (cache|config) .*|yarn (cache|config) .*|corepack .*|pip3? cache .*` +
	`|(npm|pnpm) (install|i|add) (-g|--global)( \S+)+|yarn global add .*|(pip3?|python3? -m pip) install( -\S+)* (pip|setuptools|wheel|poetry|uv|pipenv)[\w<>=.\-]*` +
	`|(apt-get|apk|apt) .*|rm -rf? (/var/|/root/|/tmp/|~/)\S*|gem install bundler.*|mix local\.\w+.*|go env .*|bundle config .*|poetry config .*)$`)
