module github.com/davylamp/davy

go 1.26
