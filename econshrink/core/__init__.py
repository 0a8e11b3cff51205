"""The ground: arrays, errors, files, seeds, parallel work and the dictionary of variables."""
