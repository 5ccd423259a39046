extension IgnoreRules {
    /// What `nsml run` leaves out unless the user's rules take it back, as `nsml run --show-default-nsmlignore` prints it.
    package static let defaults = """
        # What 'nsml run' leaves out by default. Write your own rules to .nsmlignore, in the syntax of .gitignore;
        # a line that begins with '!' takes a rule back, as in '!lib/'.

        # version control
        .git/
        .hg/
        .svn/

        # Python
        __pycache__/
        *.py[cod]
        *.egg-info/
        .eggs/
        .venv/
        venv/
        .tox/
        .nox/
        .mypy_cache/
        .pytest_cache/
        .ruff_cache/
        .ipynb_checkpoints/

        # libraries and build products
        lib/
        lib64/
        build/
        dist/
        node_modules/
        *.so
        *.o
        *.a
        *.dylib
        *.dll

        # editors and desktops
        .idea/
        .vscode/
        *.swp
        *~
        .DS_Store
        ._*
        Thumbs.db
        desktop.ini

        # secrets
        .env
        .netrc

        """

    /// What `nsml dataset push` leaves out.
    package static let datasetDefaults = """
        .git/
        .DS_Store
        ._*
        .Spotlight-V100/
        .Trashes/
        Thumbs.db
        desktop.ini

        """
}
