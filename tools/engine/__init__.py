"""Gets a Pulumi CLI on a machine that has none; `python -m tools.engine --help` says how it is used.

    finder         what a way is, and the order: what is there already first, then what must be fetched
    on_path        a `pulumi` that the machine has
    installer      the installer of the Pulumi SDK for Python
    go_build       a build from the CLI's Go modules, with a language host of ours next to it
    locate         the three of them, put together
    language_host  that host; it is copied into the cache and runs from there
    cache, work    a folder that is either whole or not there; a command that says how it is getting on

Standard library only, and `pulumi` is not imported here: the answer for a CLI that is there takes a tenth of a second.
"""
