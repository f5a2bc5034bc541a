"""What a release consists of, built and checked before anything is published.

    contents       what wheel and source archive must hold, and what the changelog must say
    building       the two builds from a commit, the environments for it, the SBOM
    sbom           what the generator of the SBOM cannot know: licences, and the package URL of this package

`python -m tools.release --help` says how it is used.
"""
