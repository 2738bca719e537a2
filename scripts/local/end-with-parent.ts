/**
 * Loaded into the server by the local stack (`node --import`), so that the server drains and ends when the stack's
 * process has gone, even by SIGKILL. The system closes the channel between them then, whatever the reason.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// Listening to the channel must not keep a server alive that has nothing else to do.
process.channel?.unref();
