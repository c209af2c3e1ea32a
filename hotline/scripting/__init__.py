"""Routing scripts (自定义脚本): the sandbox they run in, what they see, and how they are checked.

A script is Python in syntax and defines ``route(call: Call) -> Route | None``. It runs in worker processes of
pydantic-monty, an interpreter without files, network, processes or real classes of the host, under limits of
time, memory and recursion. Nothing here starts a process before it is asked to run or check something.
"""
