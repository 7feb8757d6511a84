package predict_test

import "testing"

const node = `-- Dockerfile --
FROM node:20
WORKDIR /app
COPY . .
RUN npm ci
RUN npm run build
-- package.json --
{"scripts": {"build": "tsc"}}
-- package-lock.json --
{}
-- src/index.js --
1
-- .dockerignore --
Dockerfile
`

const edit = "-- src/index.js --\n2\n"

func TestCopyTooEarly(t *testing.T) {
	early := "copy-too-early 3 Dockerfile:3 "
	testHints(t, []hintTest{
		{
			reason: "npm ci after COPY . . and a source edit", project: node, change: edit,
			want: []string{early + "copy package.json and package-lock.json before `npm ci` (line 4) and the rest after it: this change touches neither"},
		},
		{reason: "the lock file changed", project: node, change: "-- package-lock.json --\n{ }\n"},
		{reason: "the lock file changed beside the sources", project: node, change: edit + "-- package-lock.json --\n{ }\n"},
		{reason: "a manifest that the install needs is not there", project: node, change: edit, drop: []string{"package.json"}},
		{
			reason: "a manifest alone", project: node + "-- Dockerfile --\nFROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm install\n-- .dockerignore --\npackage-lock.json\nDockerfile\n", change: edit,
			want: []string{early + "copy package.json before `npm install` (line 4) and the rest after it: this change does not touch it"},
		},
		{reason: "package.json runs a script of the sources", project: node + "-- package.json --\n{\"scripts\": {\"postinstall\": \"node src/index.js\"}}\n", change: edit},
		{reason: "the packages are workspaces", project: node + "-- package.json --\n{\"workspaces\": [\"packages/*\"]}\n", change: edit},
		{reason: "manifests are copied before", project: node + "-- Dockerfile --\nFROM node:20\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm ci --omit=dev\n", change: edit},
		{reason: "the install has another cause of its own", project: node, change: edit + "-- Dockerfile --\nFROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci --omit=dev\nRUN npm run build\n"},
		{reason: "a script between that may make what the install needs", project: node + "-- Dockerfile --\nFROM node:20\nWORKDIR /app\nCOPY . .\nRUN ./prepare.sh\nRUN npm ci\n", change: edit},
		{
			reason: "a system package between", project: node + "-- Dockerfile --\nFROM node:20\nWORKDIR /app\nCOPY . .\nRUN apk add python3\nRUN npm ci\n", change: edit,
			want: []string{"copy-too-early 4 Dockerfile:3 copy package.json and package-lock.json before `npm ci` (line 5) and the rest after it: this change touches neither"},
		},
		{
			reason: "an install and a build in one RUN", project: node + "-- Dockerfile --\nFROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\n", change: edit,
			want: []string{early + "copy package.json and package-lock.json and run `npm ci` in a RUN of its own before `COPY . .` (line 3): this change touches neither, so what it fetches stays cached"},
		},
		{
			reason: "a directory of the context, entered with cd", project: `-- Dockerfile --
FROM node:20
WORKDIR /app
COPY . .
RUN cd web && npm ci
-- web/package.json --
{}
-- web/package-lock.json --
{}
-- main.go --
1
-- .dockerignore --
Dockerfile
`, change: "-- main.go --\n2\n",
			want: []string{early + "copy web/package.json and web/package-lock.json before `npm ci` (line 4) and the rest after it: this change touches neither"},
		},
		{reason: "the install runs where the copy did not go", project: node + "-- Dockerfile --\nFROM node:20\nWORKDIR /app\nCOPY . /src\nRUN npm ci\n", change: edit},
		{reason: "an or-list is not taken apart", project: node + "-- Dockerfile --\nFROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci || npm install\n", change: edit},
		{reason: "an install of named packages has no manifest", project: node + "-- Dockerfile --\nFROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm install -g serve\n", change: edit},
		{reason: "nothing changed", project: node},
	})
}

// TestInstallers has each package manager install after COPY . . .
func TestInstallers(t *testing.T) {
	for _, tt := range []struct{ reason, command, files, want string }{
		{"pnpm", "corepack enable && pnpm install --frozen-lockfile", "package.json pnpm-lock.yaml", "copy package.json and pnpm-lock.yaml before `pnpm install --frozen-lockfile` (line 4)"},
		{"pnpm with workspaces", "pnpm install", "package.json pnpm-lock.yaml pnpm-workspace.yaml", ""},
		{"yarn", "yarn", "package.json yarn.lock", "copy package.json and yarn.lock before `yarn` (line 4)"},
		{"yarn build", "yarn build", "package.json yarn.lock", ""},
		{"yarn that keeps itself in the repository", "yarn install", "package.json yarn.lock .yarnrc.yml", ""},
		{"pip", "pip install --no-cache-dir -r requirements/prod.txt", "requirements/prod.txt", "copy requirements/prod.txt before `pip install --no-cache-dir -r requirements/prod.txt` (line 4)"},
		{"pip by an absolute path", "pip3 install -r /app/requirements.txt", "requirements.txt", "copy requirements.txt before `pip3 install -r /app/requirements.txt` (line 4)"},
		{"pip from elsewhere", "pip install -r /etc/requirements.txt", "requirements.txt", ""},
		{"pip of the project", "pip install .", "pyproject.toml", ""},
		{"poetry installs the project too", "poetry install", "pyproject.toml poetry.lock", ""},
		{"poetry", "poetry install --no-root", "pyproject.toml poetry.lock", "copy pyproject.toml and poetry.lock before `poetry install --no-root` (line 4)"},
		{"uv", "uv sync --frozen", "pyproject.toml uv.lock", "copy pyproject.toml and uv.lock before `uv sync --frozen` (line 4)"},
		{"pipenv", "pipenv sync", "Pipfile Pipfile.lock", "copy Pipfile and Pipfile.lock before `pipenv sync` (line 4)"},
		{"go", "go mod download", "go.mod go.sum", "copy go.mod and go.sum before `go mod download` (line 4)"},
		{"go build", "CGO_ENABLED=0 go build -o /bin/app .", "go.mod go.sum", "copy go.mod and go.sum and run `go mod download` in a RUN of its own before `COPY . .` (line 3)"},
		{"go build with vendored modules", "go build .", "go.mod go.sum vendor/modules.txt", ""},
		{"go with workspaces", "go mod download", "go.mod go.sum go.work", ""},
		{"maven", "mvn -B package", "pom.xml", "copy pom.xml and run `mvn dependency:go-offline` in a RUN of its own before `COPY . .` (line 3)"},
		{"maven's wrapper", "./mvnw -B package -DskipTests", "pom.xml mvnw .mvn/wrapper.properties", "copy pom.xml, mvnw and .mvn and run `./mvnw dependency:go-offline` in a RUN of its own before `COPY . .` (line 3)"},
		{"gradle", "./gradlew dependencies", "build.gradle gradlew gradle/wrapper.jar", "copy build.gradle, gradlew and gradle before `./gradlew dependencies` (line 4)"},
		{"gradle build compiles", "gradle build", "build.gradle", ""},
		{"bundler", "bundle install --jobs 4", "Gemfile Gemfile.lock", "copy Gemfile and Gemfile.lock before `bundle install --jobs 4` (line 4)"},
		{"composer", "composer install --no-dev", "composer.json composer.lock", "copy composer.json and composer.lock before `composer install --no-dev` (line 4)"},
		{"mix", "mix local.hex --force && mix deps.get", "mix.exs mix.lock", "copy mix.exs and mix.lock before `mix deps.get` (line 4)"},
		{"dotnet by name", "dotnet restore App.csproj", "App.csproj nuget.config", "copy App.csproj and nuget.config before `dotnet restore App.csproj` (line 4)"},
		{"dotnet", "dotnet restore", "App.csproj", "copy App.csproj before `dotnet restore` (line 4)"},
		{"dotnet with two projects", "dotnet restore", "App.csproj Lib.csproj", ""},
		{"cargo", "cargo build --release", "Cargo.toml Cargo.lock src/main.rs", "copy Cargo.toml and Cargo.lock with an empty src/main.rs and run `cargo fetch` in a RUN of its own before `COPY . .` (line 3)"},
		{"in a here-document", "<<EOF\ngo mod download\nEOF", "go.mod go.sum", "copy go.mod and go.sum before `go mod download` (line 4)"},
		{"as a list of arguments", `["go", "mod", "download"]`, "go.mod go.sum", ""},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			got := installHint(t, tt.command, tt.files, "")
			if tt.want == "" && got != "" || !hasStart(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestManifestsThatNeedMore has manifests that say so.
func TestManifestsThatNeedMore(t *testing.T) {
	for _, tt := range []struct{ reason, command, file, content string }{
		{"a local path in requirements", "pip install -r requirements.txt", "requirements.txt", "flask\n-e .\n"},
		{"requirements that include others", "pip install -r requirements.txt", "requirements.txt", "-r base.txt\n"},
		{"a replaced module", "go mod download", "go.mod", "module x\nreplace y => ./y\n"},
		{"modules of maven", "mvn package", "pom.xml", "<modules><module>a</module></modules>"},
		{"a gem of the repository", "bundle install", "Gemfile", "gemspec\n"},
		{"autoloaded classes", "composer install", "composer.json", `{"autoload": {"classmap": ["src"]}}`},
		{"an umbrella", "mix deps.get", "mix.exs", `apps_path: "apps"`},
		{"a project reference", "dotnet restore App.csproj", "App.csproj", "<ProjectReference Include=\"x\"/>"},
		{"a package that uv builds", "uv sync", "pyproject.toml", "[build-system]\n"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			if got := installHint(t, tt.command, tt.file, tt.content); got != "" {
				t.Errorf("got %q", got)
			}
			if got := installHint(t, tt.command, tt.file, ""); got == "" {
				t.Error("no hint without that content either: the test shows nothing")
			}
		})
	}
}
