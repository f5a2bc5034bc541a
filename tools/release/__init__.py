"""What a release consists of, built and checked before anything is published.

    contents       what wheel and source archive must hold, and what the changelog must say
    building       the two builds from a commit, their comparison, metadata, SBOM
    sbom           what the generator of the SBOM cannot know: licences, and the package URL of this package
    installing     the wheel in an environment of its own, as users install it

`python -m tools.release --help` says how it is used.
"""
