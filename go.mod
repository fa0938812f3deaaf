module github.com/davylamp/davy

go 1.26

require (
	github.com/expr-lang/expr v1.17.8
	github.com/klauspost/compress v1.20.3
	go.yaml.in/yaml/v3 v3.0.6
)

require github.com/alecthomas/kong v1.17.0 // indirect
