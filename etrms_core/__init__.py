"""The core of ETRMS: risk, breakers, simulation. It knows no user interface."""
