"""People who act at the same moment, each in a process and a connection of their own."""
