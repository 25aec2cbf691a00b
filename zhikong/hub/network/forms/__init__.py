"""Input of the network area: parsed and cleaned here, judged by the actions."""
