using System.Data.Common;
using System.Security.Cryptography;

namespace LiveChat.Server.Storage.Sql;

/// <summary>Makes commands with their parameters, and runs those that have none.</summary>
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

    /// <summary>Runs a statement and gives the number of rows that it changed.</summary>
    public static int Execute(this DbConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>Writes nothing where it is noted already.</summary>
    public static void NoteSocket(this DbConnection connection, SocketNote note, ISqlDialect dialect)
    {
        if (note.Participant.Type is ParticipantType.Customer)
            connection.Execute(Statements.NoteCustomerSocket, ("@id", dialect.Id(note.ConversationId)), ("@customer", note.Participant.Id));
        else
            connection.Execute(Statements.NoteAgentSocket, ("@id", dialect.Id(note.ConversationId)), ("@agent", note.Participant.Id));
    }

    /// <summary>A random key of the database, made when it is first asked for.</summary>
    public static byte[] ReadSecret(this DbConnection connection, string name)
    {
        connection.Execute(
            "INSERT INTO secret (name, value) VALUES (@name, @value) ON CONFLICT DO NOTHING",
            ("@name", name),
            ("@value", RandomNumberGenerator.GetBytes(32)));
        using var command = connection.Command("SELECT value FROM secret WHERE name = @name", ("@name", name));
        return (byte[])command.ExecuteScalar()!;
    }

    /// <summary>Runs a statement and gives the first value of its answer, null when there is none.</summary>
    public static object? Ask(this DbConnection connection, string sql)
    {
        using var command = connection.Command(sql);
        return command.ExecuteScalar();
    }
}
