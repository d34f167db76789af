export {
  describeObjective,
  type ObjectiveCase,
  type ObjectiveLaw,
  objectiveLaws,
} from './objective-suite.js';
