"""From one version to the next: what changes for a team's own repository, its inventory and its states."""
