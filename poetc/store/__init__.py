"""`.dana/poet`: Verified → Stored → FileChanges → disk, all or none."""
