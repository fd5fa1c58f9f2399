module course

go 1.26.0

require (
	github.com/google/btree v1.1.3 // indirect
	vmsim v0.0.0
)

replace vmsim => ../..
