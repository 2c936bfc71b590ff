//! What is stacked on a model: limits, deadlines, traces, and another model where one fails.
