module github.com/whybust/whybust

go 1.26.8
