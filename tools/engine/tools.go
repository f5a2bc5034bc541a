//go:build tools

// Package tools keeps the modules of the Pulumi CLI in go.mod when `go mod tidy` runs.
package tools

import (
	_ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
	_ "github.com/pulumi/pulumi/sdk/v3/go/common/version"
)
