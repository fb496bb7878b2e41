module testbed/pod

go 1.21
