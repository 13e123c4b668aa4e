"""Methods that learn: networks, losses, training and inference, with torch.

Belongs here: parts that several methods share, and by family one folder per published method.
Does not belong here: windows, files of scans, the registry; nothing outside imports this room.
A method's `spec.py` names its code as "module:function" and imports no torch.
"""
