// What is different between two schemas, as far as clients may notice.
import {
  astFromValue,
  buildASTSchema,
  findBreakingChanges,
  findDangerousChanges,
  isInputObjectType,
  isRequiredArgument,
  isRequiredInputField,
  print,
} from "graphql";

/**
 * The changes from the schema of one document to that of another: those that break clients, and those that may surprise
 * them. Each has a type and a description. A document that is no schema throws.
 */
export function changes(before, after) {
  const [was, is] = [buildASTSchema(before), buildASTSchema(after)];
  const guards = changedGuards(guardsOf(before), guardsOf(after));
  return {
    breaking: [...findBreakingChanges(was, is), ...lostDefaults(was, is), ...guards.filter((change) => change.breaking)],
    dangerous: [...findDangerousChanges(was, is), ...changedDefaults(was, is), ...guards.filter((change) => !change.breaking)],
  };
}

/** What need not be given because of a default that is no longer there; graphql-js finds other things that must be given. */
function lostDefaults(before, after) {
  const lost = [];
  const compare = (of, was, is, isRequired) => {
    for (const input of was) {
      const now = is?.find(({ name }) => name === input.name);
      if (now && input.defaultValue !== undefined && isRequired(now)) {
        lost.push({ type: "DEFAULT_REMOVED", description: `${input.name} of ${of} must be given now.` });
      }
    }
  };
  const fieldsOf = (type) => Object.values(type?.getFields?.() ?? {});
  for (const type of Object.values(before.getTypeMap())) {
    const fields = fieldsOf(after.getType(type.name));
    compare(type.name, fieldsOf(type), fields, isRequiredInputField);
    for (const { name, args = [] } of fieldsOf(type)) {
      compare(`${type.name}.${name}`, args, fields.find((field) => field.name === name)?.args, isRequiredArgument);
    }
  }
  return lost;
}

/** Fields of inputs whose default is another; graphql-js tells of arguments alone. */
function changedDefaults(before, after) {
  const changed = [];
  const written = ({ type, defaultValue }) => (defaultValue === undefined ? "none" : print(astFromValue(defaultValue, type)));
  for (const type of Object.values(before.getTypeMap()).filter(isInputObjectType)) {
    const fields = after.getType(type.name)?.getFields?.() ?? {};
    for (const was of Object.values(type.getFields())) {
      const now = fields[was.name];
      if (now && written(now) !== written(was)) {
        const description = `The default of ${type.name}.${was.name} was ${written(was)}, and is ${written(now)} now.`;
        changed.push({ type: "INPUT_DEFAULT_CHANGED", description });
      }
    }
  }
  return changed;
}

/** Who may ask for each field, as its @auth has it: null for anybody. A schema made from a document knows no directives any more. */
function guardsOf(document) {
  const roleOf = document.definitions
    .find(({ kind, name }) => kind === "DirectiveDefinition" && name.value === "auth")
    ?.arguments.find(({ name }) => name.value === "role")?.defaultValue;
  const guards = new Map();
  for (const { name: type, fields = [] } of document.definitions) {
    for (const { name, directives } of fields) {
      const auth = directives.find((directive) => directive.name.value === "auth");
      const role = auth?.arguments.find((argument) => argument.name.value === "role")?.value ?? roleOf;
      guards.set(`${type.value}.${name.value}`, auth ? print(role) : null);
    }
  }
  return guards;
}

/** What has changed of who may ask for the fields that both have. */
function changedGuards(before, after) {
  const changed = [];
  for (const [field, role] of before) {
    const now = after.get(field);
    if (now === undefined || now === role) continue;
    if (now === null) {
      changed.push({ type: "AUTH_REMOVED", description: `${field} took a token with the role ${role}, and is public now.` });
    } else if (role === null) {
      changed.push({ type: "AUTH_ADDED", description: `${field} was public, and takes a token with the role ${now} now.`, breaking: true });
    } else {
      const description = `${field} took a token with the role ${role}, and takes one with ${now} now.`;
      changed.push({ type: "AUTH_ROLE_CHANGED", description, breaking: true });
    }
  }
  return changed;
}
