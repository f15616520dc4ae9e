export { lanes } from './lanes/index.ts';
export type { Attribute, Lane, LaneName, ScenarioProvider, Who } from './lanes/lane.ts';
export { runScenario } from './run-scenario.ts';
export type { RunOptions, ScenarioRun } from './run-scenario.ts';
export type { Scenario } from './scenario.ts';
export { scenarios, scenariosOf } from './scenarios/index.ts';
