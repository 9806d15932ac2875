"""Running a file in a console of its own."""
