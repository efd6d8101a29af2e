"""Jupyter kernels forked from one pre-imported process.

`lifecycle.start_supervisor` starts the process kernels are forked from,
`kernelspec.write_kernelspec` writes the kernelspec that points to it, and
`provisioner.ForkProvisioner` is what a Jupyter server uses to start a kernel. Nothing here knows
what the kernels are for; see README.md in this folder.
"""
