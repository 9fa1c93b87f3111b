"""Tests of what is not whole yet: nothing runs them. They move to tests/live as it becomes so."""
