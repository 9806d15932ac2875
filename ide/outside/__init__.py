"""The way from this server to hosts that others name: public addresses alone, bounded in time."""
