"""Tests of makemore/pipeline that start no process."""
