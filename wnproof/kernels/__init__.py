"""From a quantity to code that runs: graph, values in product form, plan with storage, and one file per target."""
