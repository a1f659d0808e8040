# nothing.sh: whether there can be such a root at all.
:
