"""What is fast, what it costs, and compared with what: each module runs by itself and prints a table."""
