using System.Data.Common;

namespace LiveChat.Server.Storage;

/// <summary>Makes commands with their parameters.</summary>
internal static class SqlCommands
{
    public static DbCommand Command(
        this DbConnection connection,
        string sql,
        params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
