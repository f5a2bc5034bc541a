"""The Python language host for a Pulumi CLI built from its Go modules, which do not hold the one that Pulumi ships.

It speaks Pulumi's `LanguageRuntime` protocol
(https://github.com/pulumi/pulumi/blob/master/proto/pulumi/language.proto) and does for a program with a virtual
environment made by pip what `pulumi-language-python` does; the rest it refuses by name. It is copied next to the CLI
and runs from there, so it imports nothing else of this repository.
"""
