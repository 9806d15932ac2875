"""What somebody may do in a workspace, as values. Pure: fetches nothing."""
