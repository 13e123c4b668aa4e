"""DICOM: files and folders of one or many series, as volumes in the patient.

Belongs here: headers, splitting and sorting of series, geometry, pixels and their codecs, segmentations.
Does not belong here: the door for all formats (io.readers), choosing among series (session).
Facts about a patient as a person never leave this room.
"""
