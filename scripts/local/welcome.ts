/**
 * What to do next, for somebody who has just started the stack: commands to be pasted into another terminal.
 *
 * @param baseUrl of the API, without a slash at the end
 * @param token of the user `alice`
 */
export function welcome(baseUrl: string, token: string): string {
  const tasks = `${baseUrl}/api/alice/tasks`;
  const authorization = `-H 'Authorization: Bearer ${token}'`;
  return `
The API is running at ${baseUrl} (Ctrl-C stops it)
Its documentation is at ${baseUrl}/docs

Create a task, as the user alice (the token is valid for a day):

curl -sS ${tasks} ${authorization} -H 'Content-Type: application/json' -d '{"title": "Buy milk"}'

List her tasks:

curl -sS ${tasks} ${authorization}

A token for another user:

npm run --silent token -- --sub bob

`;
}
